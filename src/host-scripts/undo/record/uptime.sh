# Part: `uptime` prints the seconds since the boot: a clock that is set plays no part.

uptime() { cut -d . -f 1 /proc/uptime; }
