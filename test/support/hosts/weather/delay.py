"""Holds back every packet that the kernel queues to us (NFQUEUE 0 of this network namespace).

    delay.py MILLISECONDS

Each packet waits that long and then goes on its way, in order. Says "ready" when it listens; ends
with its standard input, and lets go what it still holds. For kernels without the packet scheduler
netem. The messages are those of linux/netfilter/nfnetlink_queue.h.
"""

import collections
import select
import socket
import struct
import sys
import time

QUEUE = 0
PACKET, VERDICT, CONFIG = (3 << 8 | kind for kind in (0, 1, 2))  # NFNL_SUBSYS_QUEUE is 3
ACCEPT = 1

kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)  # NETLINK_NETFILTER
kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
kernel.setsockopt(270, 5, 1)  # NETLINK_NO_ENOBUFS: what does not fit is lost, and sent again by TCP


def tell(message: int, attribute: int, value: bytes) -> None:
    value += bytes(-len(value) % 4)
    body = struct.pack("=BBH", 0, 0, socket.htons(QUEUE))
    body += struct.pack("=HH", 4 + len(value), attribute) + value
    kernel.send(struct.pack("=IHHII", 16 + len(body), message, 1, 0, 0) + body)


def packets(data: bytes):
    """The numbers of the packets that a read brought."""
    while len(data) >= 16:
        length, message = struct.unpack_from("=IH", data)
        # Behind both headers the first attribute is the packet's: its number comes first in it.
        if message == PACKET:
            yield struct.unpack_from("!I", data, 24)[0]
        data = data[length + -length % 4 :]


wait = float(sys.argv[1]) / 1000
tell(CONFIG, 1, struct.pack("!BBH", 1, 0, 0))  # bind
tell(CONFIG, 2, struct.pack("!IB", 0, 1))  # numbers will do, no bytes
tell(CONFIG, 3, struct.pack("!I", 1 << 16))  # so many may wait
print("ready", flush=True)

held = collections.deque()
ending = False
while held or not ending:
    now = time.monotonic()
    while held and (ending or held[0][0] <= now):
        tell(VERDICT, 2, struct.pack("!II", ACCEPT, held.popleft()[1]))
    if ending:
        break
    readable, _, _ = select.select(
        [kernel, sys.stdin], [], [], max(0, held[0][0] - now) if held else None
    )
    ending = sys.stdin in readable and not sys.stdin.buffer.read1(64)
    if kernel in readable:
        arrived = time.monotonic()
        held.extend((arrived + wait, number) for number in packets(kernel.recv(1 << 16)))
