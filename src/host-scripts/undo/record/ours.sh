# Part: nobody else has taken the lock of the operator since we had it. Needs `runtime` and `token`.
#
# A lock that is gone, because our own connection broke, keeps nobody away.
# Exit 11 lock-lost: somebody else has it.

if [ "$token" != - ] && [ -d "$runtime/operator" ]; then
  holder=$(cat "$runtime/operator/token")
  [ "$holder" = "$token" ] || exit 11
fi
