"""A client whose host vanishes: silent_client.py CONNECTION_STRING STATEMENT

Runs the statement. On a line of stdin its sockets are made such that they close without a word, neither FIN nor
RST: it says "silent", or "denied" where the process has not the right (CAP_NET_ADMIN), and waits to be killed.
"""

import contextlib
import os
import socket
import sys
import threading

import pyodbc

TCP_REPAIR = 19


def silence():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            with socket.socket(fileno=os.dup(int(name))) as each:
                if each.family != socket.AF_INET:
                    continue
                try:
                    each.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
                except PermissionError:
                    return "denied"
    return "silent"


connection = pyodbc.connect(sys.argv[1])
threading.Thread(target=connection.execute, args=(sys.argv[2],), daemon=True).start()
sys.stdin.readline()
print(silence(), flush=True)
sys.stdin.readline()
