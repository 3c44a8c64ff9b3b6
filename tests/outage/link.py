"""A TCP forward between a relay and its database that breaks when it is told to."""

import contextlib
import socket
import threading


class Link:
    """Forwards to 127.0.0.1:target. Thread-safe."""

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()  # guards what follows
        self._sockets = []
        self._trap = None
        self._open = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """From now on nothing comes from the server."""
        self._flowing.clear()

    def let_go(self):
        self._flowing.set()

    def cut(self):
        """Ends all connections."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            _close(each)

    def cut_at(self, octets, delivered):
        """Ends the connection that sends these octets next, once. `delivered`: the server gets them, and its
        answer is lost; else they are."""
        with self._lock:
            self._trap = (octets, delivered)

    def open_connections(self):
        """Those that neither end has closed: the relay's end is told of all others."""
        with self._lock:
            return self._open

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                _close(client)
                continue
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets += [client, server]
                self._open += 1
            broken = threading.Event()  # what the server says is lost from now on
            threading.Thread(target=self._up, args=(client, server, broken), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server, broken), daemon=True).start()

    def _up(self, client, server, broken):
        with contextlib.suppress(OSError):
            while octets := client.recv(65536):
                delivered = self._sprung(octets)
                if delivered is not None:
                    broken.set()
                if delivered is False:
                    break
                server.sendall(octets)
        if not broken.is_set() or delivered is False:
            _close(client)
            _close(server)

    def _down(self, client, server, broken):
        with contextlib.suppress(OSError):
            while octets := server.recv(65536):
                self._flowing.wait()
                if broken.is_set():  # this was the answer
                    break
                client.sendall(octets)
        _close(client)
        _close(server)
        with self._lock:
            self._open -= 1

    def _sprung(self, octets):
        """How the connection that sends these breaks; None: it does not."""
        with self._lock:
            if self._trap is None or self._trap[0] not in octets:
                return None
            (_, delivered), self._trap = self._trap, None
            return delivered


def _close(each):
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
