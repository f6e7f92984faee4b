# Part: ends what clock-look.sh has begun.

now=$(date +%s.%N)
field until "$now"
