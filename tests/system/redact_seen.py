# SPDX-License-Identifier: BSD-2-Clause
"""redact_seen.py mail|hex|json|text FILE..: what a receiver got, as its reader sees it, on standard output.

mail: messages with their headers decoded; hex: what Net-SNMP's tools write with -Ox; json: one or more objects.
"""
import email.policy
import json
import re
import sys


def mail(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    return headers + "\n" + message.get_body().get_content()


def hexadecimal(data):
    text = data.decode("utf-8", "replace")
    return re.sub(
        r"Hex-STRING: ((?:[0-9A-F]{2}\s+)+)", lambda m: bytes.fromhex(m[1]).decode("utf-8", "replace") + "\n", text)


def objects(data):
    text, at, shown = data.decode(), 0, []
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        shown += [f"{name}: {member}" for name, member in value.items()]
        at += len(text[at:]) - len(text[at:].lstrip())
    return "\n".join(shown)


KINDS = {"mail": mail, "hex": hexadecimal, "json": objects, "text": lambda data: data.decode("utf-8", "replace")}
for name in sys.argv[2:]:
    with open(name, "rb") as f:
        print(KINDS[sys.argv[1]](f.read()))
