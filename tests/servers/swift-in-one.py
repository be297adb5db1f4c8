"""OpenStack Swift in one process: three rings of one disk, the servers of objects, containers and accounts, and the
proxy with its S3 API. Prints the proxy's port once all are loaded. Ends with status 3 where the folder's file system has
no user attributes.

usage: swift-in-one.py FOLDER REGION; the users' secret is in SWIFT_SECRET
"""

import logging
import os
import shutil
import sys

os.environ["EVENTLET_NO_GREENDNS"] = "yes"

import eventlet
import eventlet.wsgi
from swift.common import utils

utils.eventlet_monkey_patch()

from swift.common.http_protocol import SwiftHttpProtocol
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp

folder, region = sys.argv[1:3]
parent = os.getppid()
secret = os.environ["SWIFT_SECRET"]
node = os.path.join(folder, "node")
disk = os.path.join(node, "disk")
os.makedirs(disk)
try:
    os.setxattr(disk, "user.penstock", b"1")
except OSError:
    sys.exit(3)


def write(name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


DEFAULTS = f"""[DEFAULT]
swift_dir = {folder}
devices = {node}
mount_check = false
log_level = ERROR
"""

STORAGE = """[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
fallocate_reserve = 0
"""

# symlink has to stand where versioned_writes looks for it; there is no memcached, so nothing listens on port 1.
PROXY = f"""[pipeline:main]
pipeline = catch_errors gatekeeper cache bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = {region}
dns_compliant_bucket_names = true
max_bucket_listing = 20
[filter:tempauth]
use = egg:swift#tempauth
user_test_owner = {secret} .admin
user_other_stranger = {secret}
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
[filter:symlink]
use = egg:swift#symlink
"""

write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = penstock\n")
utils.set_swift_dir(folder)
sockets = {}
for name in ("object", "container", "account", "proxy"):
    sockets[name] = eventlet.listen(("127.0.0.1", 0))
    port = sockets[name].getsockname()[1]
    own = PROXY if name == "proxy" else STORAGE.format(name=name)
    write(f"{name}.conf", f"{DEFAULTS}bind_ip = 127.0.0.1\nbind_port = {port}\n{own}")
    if name != "proxy":
        ring = RingBuilder(4, 1, 1)
        at = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
        ring.add_dev({"region": 1, "zone": 1, "weight": 1, "device": "disk", **at})
        ring.rebalance()
        ring.get_ring().save(os.path.join(folder, f"{name}.ring.gz"))
quiet = logging.getLogger("swift-in-one")
quiet.setLevel(logging.CRITICAL)
for name, sock in sockets.items():
    app = loadapp(os.path.join(folder, f"{name}.conf"), global_conf={"log_name": name})
    eventlet.spawn(
        eventlet.wsgi.server, sock, app, quiet, protocol=SwiftHttpProtocol, capitalize_response_headers=False
    )
print(sockets["proxy"].getsockname()[1], flush=True)
# Tests that are killed cannot stop it.
while os.getppid() == parent:
    eventlet.sleep(1)
shutil.rmtree(folder, ignore_errors=True)
os._exit(0)
