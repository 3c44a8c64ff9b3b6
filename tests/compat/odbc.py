"""The ODBC functions of the driver manager, as thin as ctypes allows, and values as text."""

import ctypes
import ctypes.util
import struct
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

_LIBRARY = ctypes.CDLL(ctypes.util.find_library("odbc") or "libodbc.so.2")

SUCCESS, INFO, ERROR, NO_DATA, NEED_DATA, STILL_EXECUTING, INVALID = 0, 1, -1, 100, 99, 2, -2
RETURN_NAMES = {SUCCESS: "OK", INFO: "INFO", ERROR: "ERROR", NO_DATA: "NO_DATA",
                NEED_DATA: "NEED_DATA", STILL_EXECUTING: "STILL_EXECUTING", INVALID: "INVALID_HANDLE"}
ENV, DBC, STMT, DESC = 1, 2, 3, 4
NTS = -3
NULL_DATA = -1
DATA_AT_EXEC = -2

# Name, code and octets of every C type that is read and written; 0: as many as the buffer has.
C_TYPES = {
    "CHAR": (1, 0), "WCHAR": (-8, 0), "BINARY": (-2, 0), "BIT": (-7, 1),
    "STINYINT": (-26, 1), "UTINYINT": (-28, 1), "SSHORT": (-15, 2), "USHORT": (-17, 2),
    "SLONG": (-16, 4), "ULONG": (-18, 4), "SBIGINT": (-25, 8), "UBIGINT": (-27, 8),
    "FLOAT": (7, 4), "DOUBLE": (8, 8), "NUMERIC": (2, 19), "GUID": (-11, 16),
    "DATE": (91, 6), "TIME": (92, 6), "TIMESTAMP": (93, 16),
    "INTERVAL_YEAR_TO_MONTH": (107, 28), "INTERVAL_DAY_TO_SECOND": (110, 28),
    "DEFAULT": (99, 0),
}
_INTEGERS = {"BIT": "B", "STINYINT": "b", "UTINYINT": "B", "SSHORT": "h", "USHORT": "H",
             "SLONG": "i", "ULONG": "I", "SBIGINT": "q", "UBIGINT": "Q"}


def raw(name, *arguments):
    """Calls a function of the driver manager and returns its code."""
    function = getattr(_LIBRARY, name)
    function.restype = c_short
    return function(*arguments)


def wide(text):
    """Text as SQLWCHAR, terminated."""
    return ctypes.create_string_buffer(text.encode("utf-16-le") + b"\0\0")


def narrow(octets):
    return octets.decode("utf-16-le", "replace")


def diagnostics(kind, handle):
    """All records as (SQLSTATE, native code, message)."""
    records = []
    while True:
        state, native = ctypes.create_string_buffer(12), ctypes.c_int()
        message, length = ctypes.create_string_buffer(2048), c_short()
        code = raw("SQLGetDiagRecW", c_short(kind), handle, c_short(len(records) + 1), state,
                   byref(native), message, c_short(1000), byref(length))
        if code not in (SUCCESS, INFO):
            return records
        text = narrow(message.raw[:2 * min(max(length.value, 0), 999)])
        records.append((narrow(state.raw[:10]), native.value, text))


def outcome(code, kind, handle):
    """"OK", "INFO 01004", "ERROR 42S02/1146": the code and what the diagnostic records say."""
    name = RETURN_NAMES.get(code, str(code))
    if code in (SUCCESS, INVALID):
        return name
    records = diagnostics(kind, handle)
    return " ".join([name] + [f"{state}/{native}" if code == ERROR else state
                              for state, native, _ in records])


def show(c_type, octets):
    """A C value as text."""
    if c_type == "CHAR":
        return repr(octets.decode("utf-8", "backslashreplace"))
    if c_type == "WCHAR":
        return repr(octets.decode("utf-16-le", "backslashreplace"))
    if c_type in _INTEGERS:
        return str(struct.unpack(_INTEGERS[c_type], octets)[0])
    if c_type in ("FLOAT", "DOUBLE"):
        return repr(struct.unpack("f" if c_type == "FLOAT" else "d", octets)[0])
    if c_type == "NUMERIC":
        _, scale, sign = struct.unpack("BbB", octets[:3])
        magnitude = int.from_bytes(octets[3:], "little")
        return f"{'' if sign == 1 else '-'}{magnitude}e{-scale}"
    if c_type == "DATE":
        return "%d-%02d-%02d" % struct.unpack("hHH", octets)
    if c_type == "TIME":
        return "%02d:%02d:%02d" % struct.unpack("HHH", octets)
    if c_type == "TIMESTAMP":
        return "%d-%02d-%02d %02d:%02d:%02d.%09d" % struct.unpack("hHHHHHI", octets)
    if c_type == "INTERVAL_YEAR_TO_MONTH":
        kind, sign, year, month = struct.unpack("ih2xII", octets[:16])
        return f"{kind} {'-' if sign else ''}{year}-{month}"
    if c_type == "INTERVAL_DAY_TO_SECOND":
        kind, sign, *fields = struct.unpack("ih2xIIIII", octets)
        return f"{kind} {'-' if sign else ''}{fields}"
    return octets.hex()


class Handle:
    """A handle of any kind. call() returns how the function ended, as text."""

    def __init__(self, kind, parent=None):
        self.kind, self.value = kind, c_void_p()
        self.code = raw("SQLAllocHandle", c_short(kind), parent.value if parent else None,
                        byref(self.value))

    def call(self, name, *arguments):
        self.code = raw(name, self.value, *arguments)
        return outcome(self.code, self.kind, self.value)

    @property
    def succeeded(self):
        return self.code in (SUCCESS, INFO)

    def records(self):
        return diagnostics(self.kind, self.value)

    def free(self):
        if self.value:
            raw("SQLFreeHandle", c_short(self.kind), self.value)
            self.value = c_void_p()


class Connection(Handle):
    def __init__(self, text, version=3):
        self.environment = Handle(ENV)
        self.environment.call("SQLSetEnvAttr", c_long(200), c_void_p(version), c_long(0))
        super().__init__(DBC, self.environment)
        self.text = text

    def open(self):
        return self.call("SQLDriverConnectW", None, wide(self.text), c_short(NTS), None, c_short(0),
                         None, c_ushort(0))

    def close(self):
        self.call("SQLDisconnect")
        self.free()
        self.environment.free()

    def set(self, attribute, value):
        return self.call("SQLSetConnectAttrW", c_long(attribute), c_void_p(value), c_long(0))

    def get(self, attribute):
        value = c_size_t(0)
        result = self.call("SQLGetConnectAttrW", c_long(attribute), byref(value), c_long(0), None)
        return f"{result} {value.value & 0xFFFFFFFF}" if self.succeeded else result

    def end(self, commit):
        self.code = raw("SQLEndTran", c_short(DBC), self.value, c_short(0 if commit else 1))
        return outcome(self.code, DBC, self.value)

    def statement(self):
        return Statement(self)


class Statement(Handle):
    def __init__(self, connection):
        super().__init__(STMT, connection)
        self.kept = []  # buffers that the driver knows

    def run(self, sql):
        return self.call("SQLExecDirectW", wide(sql), c_long(NTS))

    def prepare(self, sql):
        return self.call("SQLPrepareW", wide(sql), c_long(NTS))

    def execute(self):
        return self.call("SQLExecute")

    def fetch(self):
        return self.call("SQLFetch")

    def scroll(self, orientation, offset=0):
        return self.call("SQLFetchScroll", c_short(orientation), c_ssize_t(offset))

    def close(self):
        return self.call("SQLFreeStmt", c_ushort(0))

    def more(self):
        return self.call("SQLMoreResults")

    def set(self, attribute, value):
        return self.call("SQLSetStmtAttrW", c_long(attribute), c_void_p(value), c_long(0))

    def get(self, attribute):
        value = c_size_t(0)
        result = self.call("SQLGetStmtAttrW", c_long(attribute), byref(value), c_long(0), None)
        return f"{result} {value.value & 0xFFFFFFFF}" if self.succeeded else result

    def row_count(self):
        count = c_ssize_t(-99)
        result = self.call("SQLRowCount", byref(count))
        return f"{result} {count.value}"

    def columns(self):
        count = c_short(-99)
        result = self.call("SQLNumResultCols", byref(count))
        return f"{result} {count.value}" if self.succeeded else result

    def column_count(self):
        count = c_short(0)
        raw("SQLNumResultCols", self.value, byref(count))
        return count.value

    def describe(self, column):
        name, length = ctypes.create_string_buffer(512), c_short()
        kind, size, digits, nullable = c_short(), c_size_t(), c_short(), c_short()
        result = self.call("SQLDescribeColW", c_ushort(column), name, c_short(255), byref(length),
                           byref(kind), byref(size), byref(digits), byref(nullable))
        if not self.succeeded:
            return result
        text = narrow(name.raw[:2 * length.value])
        return (f"{result} {text} type={kind.value} size={size.value} digits={digits.value} "
                f"nullable={nullable.value}")

    def attribute(self, column, field, is_text):
        text, length, number = ctypes.create_string_buffer(512), c_short(), c_ssize_t(0)
        result = self.call("SQLColAttributeW", c_ushort(column), c_ushort(field), text, c_short(510),
                           byref(length), byref(number))
        if not self.succeeded:
            return result
        return f"{result} {narrow(text.raw[:length.value])!r}" if is_text else f"{result} {number.value}"

    def describe_parameter(self, number):
        kind, size, digits, nullable = c_short(), c_size_t(), c_short(), c_short()
        result = self.call("SQLDescribeParam", c_ushort(number), byref(kind), byref(size),
                           byref(digits), byref(nullable))
        if not self.succeeded:
            return result
        return (f"{result} type={kind.value} size={size.value} digits={digits.value} "
                f"nullable={nullable.value}")

    def data(self, column, c_type="CHAR", size=4096):
        """SQLGetData: how it ended, the value, and the length where it is not that of the type."""
        code, width = C_TYPES[c_type]
        buffer, length = ctypes.create_string_buffer(b"\xA5" * (size + 8), size + 8), c_ssize_t(-99)
        result = self.call("SQLGetData", c_ushort(column), c_short(code), buffer,
                           c_ssize_t(size if width == 0 else width), byref(length))
        if not self.succeeded:
            return result
        if length.value == NULL_DATA:
            return f"{result} NULL"
        if c_type == "DEFAULT":
            return f"{result} {length.value} {buffer.raw[:min(length.value, size)].hex()}"
        if width:
            return f"{result} {show(c_type, buffer.raw[:width])} ({length.value})"
        end = {"CHAR": 1, "WCHAR": 2}.get(c_type, 0)
        held = min(length.value, size - end) if length.value >= 0 else size - end
        return f"{result} {show(c_type, buffer.raw[:max(held, 0)])} ({length.value})"

    def row(self, size=1024):
        """All columns of the current row as text."""
        cells = []
        for column in range(1, self.column_count() + 1):
            cell = self.data(column, "WCHAR", size)
            cells.append(cell[3:].rsplit(" (", 1)[0] if cell.startswith("OK ") else cell)
        return " | ".join(cells)

    def rows(self, limit=100):
        """Fetches all rows: how the last fetch ended, after the rows."""
        found = []
        while len(found) < limit:
            result = self.fetch()
            if not self.succeeded:
                return found, result
            found.append(self.row())
        return found, "limit"

    def bind_parameter(self, number, c_type, sql_type, size, digits, value, direction=1):
        """`value`: octets, or None for NULL."""
        code, width = C_TYPES[c_type]
        octets = value if value is not None else b""
        buffer = ctypes.create_string_buffer(octets + b"\0\0", len(octets) + 2)
        length = c_ssize_t(NULL_DATA if value is None else (width or len(octets)))
        self.kept.append((buffer, length))
        return self.call("SQLBindParameter", c_ushort(number), c_short(direction), c_short(code),
                         c_short(sql_type), c_size_t(size), c_short(digits), buffer,
                         c_ssize_t(len(octets)), byref(length))
