# tests/fuzz: one target per decoder, listed by the floor that it tests; without --enable-fuzzers each
# is linked with a main that replays its corpus, tests/fuzz/corpus/NAME, as part of `make check`.
if FUZZERS
FUZZ_MAIN =
FUZZ_LINKING = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_LINKING = $(AM_LDFLAGS) $(NO_LTO)
endif
EXTRA_DIST += tests/fuzz/replay.c tests/fuzz/corpus
