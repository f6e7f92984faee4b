# Part: `say WORD TEXT` prints a record, ended by NUL.

say() { printf '%s %s\0' "$1" "$2" || :; }
