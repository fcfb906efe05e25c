#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A mail server for tests: smtp_peer.py PORT FOLDER.

It listens once FOLDER/ready exists. Every command that comes in goes to FOLDER/commands, every text to FOLDER/mail.N.
A recipient who stands in the file FOLDER/later is put off with 451, everybody else is taken.
"""
import pathlib
import socketserver
import sys

folder = pathlib.Path(sys.argv[2])


class Peer(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def take_text(self):
        lines = []
        while (line := self.rfile.readline()) not in (b"", b".\r\n"):
            lines.append(line[1:] if line.startswith(b".") else line)
        (folder / f"mail.{len(list(folder.glob('mail.*'))) + 1}").write_bytes(b"".join(lines))

    def answer(self, command):
        if command.startswith("RCPT TO:"):
            later = (folder / "later").read_text()
            return "451 4.7.1 greylisted" if command[9:-1] in later else "250 ok"
        if command == "DATA":
            self.say("354 go on")
            self.take_text()
            return "250 2.0.0 queued"
        return "221 bye" if command == "QUIT" else "250 peer"

    def handle(self):
        self.say("220 peer ESMTP")
        while line := self.rfile.readline().decode().strip():
            with open(folder / "commands", "a", encoding="ascii") as out:
                print(line, file=out)
            self.say(self.answer(line))
            if line == "QUIT":
                return


socketserver.TCPServer.allow_reuse_address = True
with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Peer) as server:
    (folder / "ready").touch()
    server.serve_forever()
