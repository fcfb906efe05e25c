# SPDX-License-Identifier: BSD-2-Clause
"""answers.py http|smtp|syslog|snmp PORT FOLDER: a receiver that answers as FOLDER/mode says, looked at for each connection.

What it has answered with 2xx, and so owns, is a file each in FOLDER/accepted; each connection under a mode adds a line to
FOLDER/seen. Certificates are FOLDER/NAME.pem (key and chain). Ends when its standard input does.
"""
import os, re, socket, ssl, struct, sys, threading, time

kind, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
lock = threading.Lock()
accepted = 0
CERTIFICATES = {"cert_expired": "expired", "cert_name": "name", "cert_unknown": "unknown"}


def mode():
    with open(os.path.join(folder, "mode"), encoding="ascii") as f:
        return f.read().strip()


def seen(what):
    with lock, open(os.path.join(folder, "seen"), "a", encoding="ascii") as f:
        f.write(what + "\n")


def own(message):
    global accepted
    with lock:
        accepted += 1
        name = os.path.join(folder, "accepted", "%06d" % accepted)
    with open(name + ".new", "wb") as f:
        f.write(message)
    os.rename(name + ".new", name)


def secured(connection, how):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, CERTIFICATES.get(how, "good") + ".pem"))
    return context.wrap_socket(connection, server_side=True)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hold(connection):
    """Until the other side gives up."""
    connection.settimeout(120)
    try:
        while connection.recv(4096):
            pass
    except OSError:
        pass


def http_request(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
        if line.lower().startswith(b"expect: 100-continue"):
            raise ValueError("Expect is not wanted")
    length = [h.split(b":")[1] for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")]
    return head, stream.read(int(length[0]))


HTTP = {
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "429": b"HTTP/1.1 429 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
    "503_no_length": b"HTTP/1.1 503 Away\r\n\r\n",
    "redirect": b"HTTP/1.1 307 There\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"\x00\xff200 OK\r\n\r\n",
    "half_status": b"HTTP/1.1 20",
    "half_head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half_length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nyes",
    "100_only": b"HTTP/1.1 100 Continue\r\n\r\n",
}


def serve_http(connection, how):
    if how != "plain":
        connection = secured(connection, how)
    request = http_request(connection.makefile("rb"))
    if request is None:
        return
    if how == "hang":
        hold(connection)
    elif how == "reset":
        reset(connection)
    elif how in HTTP:
        connection.sendall(HTTP[how])
    else:
        if how == "slow":
            time.sleep(2)
        own(request[1])
        connection.sendall(b"HTTP/1.1 204 Taken\r\nConnection: close\r\n\r\n")


def serve_smtp(connection, how):
    def say(text):
        connection.sendall(text)

    stream = connection.makefile("rb")
    is_secured = False
    if how == "greeting_421":
        say(b"421 busy\r\n")
        return
    if how == "garbage":
        say(b"\x00\xff\r\n")
        return
    if how == "hang":
        hold(connection)
        return
    say(b"220 here\r\n")
    recipients = 0
    while True:
        line = stream.readline()
        if not line:
            return
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            say(b"250-here\r\n250 8BITMIME\r\n" if is_secured or how == "no_starttls" else b"250-here\r\n250 STARTTLS\r\n")
        elif verb == b"STAR":
            say(b"220 go\r\n")
            connection = secured(connection, how)
            stream = connection.makefile("rb")
            is_secured = True
        elif verb == b"MAIL" and how == "mail_451":
            say(b"451 not now\r\n")
        elif verb == b"RCPT":
            recipients += 1
            # One of two is put off, over and over, until the mode is another.
            say(b"450 not now\r\n" if how == "rcpt_450" or (how == "one_450" and b"second" in line) else b"250 yes\r\n")
        elif verb == b"DATA":
            say(b"354 go on\r\n")
            message = b""
            while True:
                line = stream.readline()
                if not line:
                    return
                if line == b".\r\n":
                    break
                message += line[1:] if line.startswith(b".") else line
            if how == "lost_reply":
                return
            if how == "hang_after_dot":
                hold(connection)
                return
            if how == "half_reply":
                say(b"25")
                return
            if how == "data_452":
                say(b"452 full\r\n")
            else:
                if how == "slow":
                    time.sleep(2)
                own(message)
                say(b"250 taken\r\n")
        elif verb == b"QUIT":
            say(b"221 bye\r\n")
            return
        else:
            say(b"250 yes\r\n")


def take_messages(stream, how):
    """Octet-counted messages (RFC 5425) until the mode is another or the stream ends; the keys of whole ones are owned."""
    waiting = b""
    while mode() == how:
        try:
            data = stream.recv(40 if how == "slow" else 65536)
        except TimeoutError:
            continue
        if not data:
            return
        if how == "slow":
            time.sleep(0.2)
        waiting += data
        while (found := re.match(rb"(\d+) ", waiting)) and len(waiting) >= found.end() + int(found[1]):
            message, waiting = waiting[found.end():found.end() + int(found[1])], waiting[found.end() + int(found[1]):]
            own(b'"key":"%s"' % re.search(rb' key="([A-Z2-7]+)"', message)[1])


def serve_syslog(connection, how):
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif how == "garbage":
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    elif how == "hang":
        hold(connection)
    elif how != "closed":
        stream = secured(connection, how)
        stream.settimeout(0.2)
        if how == "closed_after_handshake":
            stream.close()
        else:
            take_messages(stream, how)


def answer_inform(listener, other, packet, sender, how):
    """The same packet with another tag is the answer that an inform wants (RFC 3416, 4.2.7)."""
    at = packet.index(b"faults") + 6
    head = at + 2 + (packet[at + 1] & 0x7F if packet[at + 1] & 0x80 else 0)
    answer = bytearray(packet)
    answer[at] = {"report": 0xA8, "echo": 0xA6}.get(how, 0xA2)
    if how == "other_request":
        answer[head + 2] ^= 0x5A
    if how == "error":
        answer[head + 2 + answer[head + 1] + 2] = 5
    if how == "other_community":
        answer[at - 6:at] = b"forger"
    if how == "half":
        answer = answer[:len(answer) // 2]
    if how == "garbage":
        answer = bytearray(os.urandom(200))
    if how == "slow":
        time.sleep(3)
    if how == "ok":
        own(b'"key":"%s"' % re.search(rb"\x04\x1a([A-Z2-7]{26})", packet)[1])
    if how != "silent":
        (other if how == "other_sender" else listener).sendto(answer, sender)
    seen(how)


def serve_snmp():
    listener, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    listener.bind(("127.0.0.1", port))
    while True:
        packet, sender = listener.recvfrom(65536)
        threading.Thread(target=answer_inform, args=(listener, other, packet, sender, mode()), daemon=True).start()


def serve(connection):
    how = mode()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        {"http": serve_http, "smtp": serve_smtp, "syslog": serve_syslog}[kind](connection, how)
    except (OSError, ValueError):
        pass
    finally:
        seen(how)
        connection.close()


threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
if kind == "snmp":
    serve_snmp()
listener = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
