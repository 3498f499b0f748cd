#!/bin/sh
# One pod of an indexed Job that builds a gallery: does its shard; the first pod then waits for the
# others and publishes what all have done.
#   publish.sh GALLERY IMAGES REPOSITORY SHARDS SHARD RUN     RUN names this run of the Job
set -eu
gallery=$1 images=$2 repository=$3 shards=$4 shard=$5 run=$6
marks=$gallery/.work

python -m index_builder build "$images" --gallery "$gallery" --repository "$repository" \
  --shards "$shards" --shard "$shard"
touch "$marks/$run-$shard.done"
[ "$shard" = 0 ] || exit 0

other=0
while [ "$other" -lt "$shards" ]; do
  # The Job's deadline ends this where a shard never comes.
  until [ -e "$marks/$run-$other.done" ]; do sleep "${POLL_S:-5}"; done
  other=$((other + 1))
done
# It removes the work once the gallery is published; the marks of this run and others go with it.
python -m index_builder merge --gallery "$gallery" --shards "$shards" --wait-seconds 600
rm -f "$marks"/*.done
