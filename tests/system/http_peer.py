#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver of webhooks for tests: http_peer.py PORT FOLDER.

It listens once FOLDER/ready exists. The header fields of a POST to /NAME go to FOLDER/NAME.head, one a line, and then its
body, as it came, to FOLDER/NAME.body.
"""
import http.server
import pathlib
import sys

folder = pathlib.Path(sys.argv[2])


class Peer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = pathlib.Path(self.path).name
        (folder / f"{name}.head").write_text(str(self.headers))
        (folder / f"{name}.new").write_bytes(body)
        (folder / f"{name}.new").rename(folder / f"{name}.body")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


with http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Peer) as server:
    (folder / "ready").touch()
    server.serve_forever()
