"""OpenStack Swift with its S3 interface, in one process: ``python tests/support/swift_server.py FOLDER PORT``.

One proxy, one server each for accounts, containers and objects, one device: no copies, no background work.
"""

from __future__ import annotations

import importlib
import logging
import sys
import textwrap
from pathlib import Path
from typing import Any

CREDENTIALS = {"access_key": "test:tester", "secret_key": "testing"}
KINDS = ("account", "container", "object")
PROXY = """
    [app:proxy-server]
    use = egg:swift#proxy
    account_autocreate = true
    allow_account_management = true
    [filter:catch_errors]
    use = egg:swift#catch_errors
    [filter:s3api]
    use = egg:swift#s3api
    s3_acl = false
    [filter:tempauth]
    use = egg:swift#tempauth
    user_test_tester = testing .admin
    [filter:slo]
    use = egg:swift#slo
    [pipeline:main]
    pipeline = catch_errors s3api tempauth slo proxy-server
"""
BACKEND = """
    [DEFAULT]
    devices = {folder}/devices
    mount_check = false
    [app:{kind}-server]
    use = egg:swift#{kind}
    [pipeline:main]
    pipeline = {kind}-server
"""


def serve(folder: Path, port: int) -> None:
    """Run until the process is ended."""
    eventlet: Any = importlib.import_module("eventlet")
    eventlet.monkey_patch()
    eventlet.import_patched("eventlet.wsgi")
    utils: Any = importlib.import_module("swift.common.utils")
    (folder / "devices" / "one").mkdir(parents=True)
    write(folder / "swift.conf", "[swift-hash]\nswift_hash_path_suffix = tests\n")
    utils.set_swift_dir(str(folder))
    importlib.import_module("swift.common.storage_policy").reload_storage_policies()
    listening = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in KINDS}
    for kind, socket in listening.items():
        make_ring(folder / f"{kind}.ring.gz", socket.getsockname()[1])
    wsgi: Any = importlib.import_module("swift.common.wsgi")
    settings = {"swift_dir": str(folder), "log_level": "WARNING"}
    for kind, socket in listening.items():
        write(folder / f"{kind}.conf", BACKEND.format(folder=folder, kind=kind))
        app = wsgi.loadapp(str(folder / f"{kind}.conf"), settings)
        eventlet.spawn(run, eventlet, socket, app)
    write(folder / "proxy.conf", PROXY)
    run(eventlet, eventlet.listen(("127.0.0.1", port)), wsgi.loadapp(str(folder / "proxy.conf"), settings))


def write(path: Path, text: str) -> None:
    path.write_text(textwrap.dedent(text).lstrip())


def make_ring(path: Path, port: int) -> None:
    """Write the map from names to devices, of which there is one."""
    builder: Any = importlib.import_module("swift.common.ring").RingBuilder(2, 1, 0)
    place = {
        "region": 1,
        "zone": 1,
        "ip": "127.0.0.1",
        "port": port,
        "device": "one",
        "weight": 1.0,
        "meta": "",
    }
    builder.add_dev({**place, "replication_ip": "127.0.0.1", "replication_port": port})
    builder.rebalance()
    builder.get_ring().save(str(path))


def run(eventlet: Any, socket: Any, app: Any) -> None:
    protocol: Any = importlib.import_module("swift.common.http_protocol").SwiftHttpProtocol
    eventlet.wsgi.server(socket, app, log=logging.getLogger("swift"), protocol=protocol, log_output=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
