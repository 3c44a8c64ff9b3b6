"""A TCP forward that counts what passes through it, and holds answers back when it is told to."""

import socket
import threading


class CountedLink:
    """Forwards connections to a target: ("127.0.0.1", port) or the path of a unix socket.

    trips: how often the target has answered what it was sent: consecutive messages in one direction count
    once, messages that are not answered do not count.
    """

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._counted = threading.Condition()
        self.trips = self.bytes_up = self.bytes_down = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """From now on answers wait; what a call does must not depend on one."""
        self._open.clear()

    def let_go(self):
        self._open.set()

    def await_trips(self, trips):
        """Until so many answers have come; what nobody waited for may come late."""
        with self._counted:
            if not self._counted.wait_for(lambda: self.trips >= trips, timeout=30):
                raise AssertionError(f"{self.trips} of {trips} answers came")

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            family = socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
            server = socket.socket(family)
            server.connect(self._target)
            if family == socket.AF_INET:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = threading.Event()  # the target has been sent something and has not answered
            for source, sink, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, sink, up, asked), daemon=True).start()

    def _pump(self, source, sink, up, asked):
        try:
            while octets := source.recv(65536):
                if not up:
                    self._open.wait()
                self._count(len(octets), up, asked)
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def _count(self, octets, up, asked):
        with self._counted:
            if up:
                self.bytes_up += octets
                asked.set()
                return
            self.bytes_down += octets
            if asked.is_set():
                self.trips += 1
                asked.clear()
                self._counted.notify_all()
