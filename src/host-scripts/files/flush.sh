# Part: `flush PATH...` returns when these are on their disks.
#
# Where one cannot be flushed by itself (EINVAL), everything is. It fails, with the words of sync(1), where one is not.

flush() {
  case $(sync --help 2>&1 || :) in
    *FILE*) words=$(sync -- "$@" 2>&1) || case $(printf '%s\n' "$words" | grep -v 'Invalid argument') in
      '') sync ;;
      *) printf '%s\n' "$words" >&2; return 1 ;;
    esac ;;
    *) sync ;;
  esac
}
