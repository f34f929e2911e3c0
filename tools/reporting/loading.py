"""What a run folder holds. Nothing is required: whatever is missing or unreadable becomes a note."""
import fcntl
import json
import socket
from pathlib import Path

import h5py
import numpy as np

PRODUCTS = ["observed", "migrated", "inverted", "pairs", "flow", "posterior", "diagnostics"]
ASKED_FOR = ["corrected"]  # by runs that have the task
KNOWN = ["refined"]  # of problems whose answer is known: nothing is missing where it is absent


def lock_holder(path):
    """"a process", "nobody" or "unknown": who holds the operating system's lock on the file, which tells "process 7 on host, ...".

    A lock that another host has taken need not be seen here, and some file systems have none."""
    try:
        with open(path) as file:
            is_of_this_host = f" on {socket.gethostname()}," in file.readline()
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return "nobody" if is_of_this_host else "unknown"
    except BlockingIOError:
        return "a process"
    except FileNotFoundError:
        return "nobody"
    except OSError:
        return "unknown"


class Product:
    """One HDF5 file of the run; arrays are read when asked for, because pairs and traces can be large."""

    def __init__(self, path, note):
        self.path = path
        self._note = note
        with h5py.File(path, "r") as file:
            self.attributes = dict(file.attrs)
            self._names = set()
            file.visititems(lambda name, item: self._names.add(name) if isinstance(item, h5py.Dataset) else None)

    def __contains__(self, name):
        return name in self._names

    def array(self, name, rows=slice(None)):
        """The dataset, or rows of it, as floats; None if it is absent, empty or damaged."""
        if name not in self._names:
            return None
        try:
            with h5py.File(self.path, "r") as file:
                dataset = file[name]
                values = np.asarray(dataset[rows] if dataset.shape else dataset[()], dtype=float)
        except (OSError, ValueError, TypeError) as error:
            self._note(f"{self.path.name}: /{name} cannot be read ({error})")
            return None
        return values if values.size else None

    def shape(self, name):
        if name not in self._names:
            return None
        with h5py.File(self.path, "r") as file:
            return file[name].shape

    def attribute(self, name, object_name="/"):
        """A number or text attribute of the root or of a group; None if it is absent."""
        with h5py.File(self.path, "r") as file:
            if object_name not in file or name not in file[object_name].attrs:
                return None
            value = file[object_name].attrs[name]
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        return value.item() if isinstance(value, (np.generic, np.ndarray)) and np.size(value) == 1 else value


class Run:
    """The products of a run folder by name (None where absent), its JSON files, and notes about what is missing."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.notes = []
        self.products = {name: self._open(name) for name in PRODUCTS + ASKED_FOR + KNOWN}
        self.manifest = self._json("manifest.json")
        self.timings = self._json("timings.json")
        self.status = self._status()

    def is_there(self):
        """Whether the folder is one of a run."""
        return bool(self.manifest) or any(self.products.values()) or (self.folder / "run.status").is_file()

    def _status(self):
        path = self.folder / "run.status"
        status = path.read_text(errors="replace").strip() if path.is_file() else "unknown"
        if status != "running":
            return status
        holder = lock_holder(self.folder / "run.lock")
        if holder == "nobody":
            return "killed: run.status says running, but no process holds run.lock; the same command goes on"
        return status if holder == "a process" else "running or killed: whether a process holds run.lock cannot be seen from here"

    def _open(self, name):
        path = self.folder / f"{name}.h5"
        if not path.is_file():
            # A run is one of waves, or one of a known problem; neither has the products of the other.
            is_expected = (name in KNOWN) == (self.folder / "refined.h5").is_file()
            if is_expected and name not in ASKED_FOR:
                self.notes.append(f"{path.name} is not there (task not run, or not finished)")
            return None
        try:
            return Product(path, self.notes.append)
        except OSError as error:
            self.notes.append(f"{path.name} is damaged or no HDF5 file: {error}")
            return None

    def _json(self, name):
        path = self.folder / name
        if not path.is_file():
            self.notes.append(f"{name} is not there")
            return {}
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            self.notes.append(f"{name} is no valid JSON: {error}")
            return {}
        return value if isinstance(value, dict) else {"value": value}

    def array(self, product, name, rows=slice(None)):
        return self.products[product].array(name, rows) if self.products[product] else None

    def attribute(self, product, name, object_name="/"):
        return self.products[product].attribute(name, object_name) if self.products[product] else None

    def spacing(self):
        """(dx, dz) [m], or None: then axes count grid points."""
        for product in ("observed", "pairs"):
            dx, dz = self.attribute(product, "dx"), self.attribute(product, "dz")
            if dx and dz:
                return float(dx), float(dz)
        return None
