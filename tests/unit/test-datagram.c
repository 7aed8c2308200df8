/* SPDX-License-Identifier: Apache-2.0 */
/* test-datagram.c - what a datagram may be cut to, and what must be refused; see also test-captures */
#include "unit.h"
#include "wire_text.h"

#include <string.h>

typedef struct {
	const char *what, *hex;
} Example;

/* As chitchat writes them. */
static const Example good[] = {
	{"syn",
	 "53b00000010006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "0000000000000002000000000000000600766962656d71"},
	{"syn empty",
	 "53b0000000000600766962656d71"},
	{"syn two nodes v6",
	 "53b00000020006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "00000000000000020000000000000006006e6f64652d637b68e5cf8b0100000620010db80000"
	 "000000000000000000070a1f4d000000000000000c000000000000000c000000000000000600"
	 "766962656d71"},
	{"synack raw",
	 "53b00001020006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "00000000000000020000000000000006006e6f64652d620000000000000000047f0000020a1f"
	 "090000000000000000000000000000000300000000000000026f000006006e6f64652d620000"
	 "000000000000047f0000020a1f00000000000000000000000000000000010900706565725f61"
	 "6464720e003132372e302e302e323a37393437010000000000000000010d0073756273637269"
	 "7074696f6e7307005b22742f23225d03000000000000000000"},
	{"synack nothing",
	 "53b00001020006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "00000000000000020000000000000006006e6f64652d620000000000000000047f0000020a1f"
	 "09000000000000000000000000000000030000000000000000"},
	{"ack raw tombstone ttl setmax",
	 "53b000020287000006006e6f64652d620000000000000000047f0000020a1f04000000000000"
	 "0003000000000000000102006b3100000500000000000000010102006b320200763206000000"
	 "00000000020006006e6f64652d637b68e5cf8b0100000620010db80000000000000000000000"
	 "070a1f0c000000000000000000000000000000020c0000000000000000"},
	{"ack empty",
	 "53b0000200"},
	{"ack stored zstd",
	 "53b0000201240228b52ffd601a01d110000006006e6f64652d620000000000000000047f0000"
	 "020a1f00000000000000000000000000000000010d00737562736372697074696f6e73d7015b"
	 "22736974652f302f2b222c22736974652f312f2b222c22736974652f322f2b222c2273697465"
	 "2f332f2b222c22736974652f342f2b222c22736974652f352f2b222c22736974652f362f2b22"
	 "2c22736974652f372f2b222c22736974652f382f2b222c22736974652f392f2b222c22736974"
	 "652f31302f2b222c22736974652f31312f2b222c22736974652f31322f2b222c22736974652f"
	 "31332f2b222c22736974652f31342f2b222c22736974652f31352f2b222c22736974652f3136"
	 "2f2b222c22736974652f31372f2b222c22736974652f31382f2b222c22736974652f31392f2b"
	 "222c22736974652f32302f2b222c22736974652f32312f2b222c22736974652f32322f2b222c"
	 "22736974652f32332f2b222c22736974652f32342f2b222c22736974652f32352f2b222c2273"
	 "6974652f32362f2b222c22736974652f32372f2b222c22736974652f32382f2b222c22736974"
	 "652f32392f2b222c22736974652f33302f2b222c22736974652f33312f2b222c22736974652f"
	 "33322f2b222c22736974652f33332f2b222c22736974652f33342f2b222c22736974652f3335"
	 "2f2b222c22736974652f33362f2b222c22736974652f33372f2b222c22736974652f33382f2b"
	 "222c22736974652f33392f2b225d03000000000000000000"},
	{"badcluster",
	 "53b00003"},
	{"synack zstd",
	 "53b00001020006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "00000000000000020000000000000006006e6f64652d620000000000000000047f0000020a1f"
	 "09000000000000000000000000000000030000000000000001650028b52ffd206fe502002405"
	 "0006006e6f64652d6200047f0000020a1f00010900706565725f616464720e003132372e302e"
	 "302e323a373934370100010d00737562736372697074696f6e7307005b22742f23225d030000"
	 "00000000000003100066aef30c0900"},
	{"ack zstd",
	 "53b0000201ac0028b52ffd601a0115050002461620902b1dffffffffb32996101aa0c9fef8ec"
	 "3ef57dfb2969fcc4b199956564770a24499201c9ffffff6fdbb66db76ddb16f27034188bbb88"
	 "74500ac59e76298232d738eda934cbe4d6e558403410002446c0956014a7e180012a208093d2"
	 "0341cc35cc08738635628e614698338c11738635628e614636b76b98ae915c73b886dd1ab135"
	 "576b18ad91590364fc36b3659fcdb6d8b7d996beaf3eb8ce33870400"},
};

/* Must be dropped whole. */
static const Example bad[] = {
	{"empty",
	 ""},
	{"two bytes",
	 "53b0"},
	{"bad magic",
	 "b0530003"},
	{"bad version",
	 "53b00203"},
	{"no type",
	 "53b000"},
	{"bad type",
	 "53b00004"},
	{"digest count lies",
	 "53b00000020006006e6f64652d610000000000000000047f0000010a1f010000000000000000"
	 "0000000000000002000000000000000600766962656d71"},
	{"no cluster id",
	 "53b000000000"},
	{"ip version 5",
	 "53b00000010001006e0000000000000000057f00000101000100000000000000010000000000"
	 "000001000000000000000600766962656d71"},
	{"cluster id not utf8",
	 "53b0000000000200c328"},
	{"no end block",
	 "53b00002"},
	{"block type 3",
	 "53b0000203"},
	{"block short",
	 "53b000020205006162"},
	{"zstd garbage",
	 "53b000020104006162636400"},
	{"kv before node",
	 "53b000020210000101006b01007601000000000000000000"},
	{"setmax before node",
	 "53b0000202090002010000000000000000"},
	{"node twice",
	 "53b000020260000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b0100760100000000000000000006006e6f64652d6200000000"
	 "00000000047f0000020a1f0000000000000000000000000000000000"},
	{"kv version zero",
	 "53b000020238000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b01007600000000000000000000"},
	{"kv versions equal",
	 "53b000020248000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b0100760300000000000000000101006c010076030000000000"
	 "00000000"},
	{"kv versions decreasing",
	 "53b000020248000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b0100760300000000000000000101006c010076020000000000"
	 "00000000"},
	{"kv status 3",
	 "53b000020238000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b01007601000000000000000300"},
	{"op 3",
	 "53b000020229000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000300"},
	{"op truncated",
	 "53b000020237000006006e6f64652d620000000000000000047f0000020a1f00000000000000"
	 "0000000000000000000101006b010076010000000000000000"},
};

/* An exact copy, so that a sanitizer sees the first byte too far. */
static GossipMsg *
decode(const uint8_t *data, size_t size)
{
	g_autofree uint8_t *exact = g_memdup2(data, size);
	const char         *why = NULL;
	GossipMsg          *msg = datagram_decode((VmqBytes){exact, size}, &why);

	/* What was decoded borrows from `exact`, and is not looked at any more. */
	ck_assert((msg == NULL) == (why != NULL));
	return msg;
}

START_TEST(whole_datagrams_decode_and_no_beginning_of_one_does)
{
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GByteArray) bytes = wire_text_to_bytes(good[i].hex);

		for (guint size = 0; size <= bytes->len; size++) {
			g_autoptr(GossipMsg) msg = decode(bytes->data, size);

			ck_assert_msg((msg != NULL) == (size == bytes->len), "%s, %u of %u bytes",
			              good[i].what, size, bytes->len);
		}
	}
}
END_TEST

START_TEST(bytes_behind_the_end_mean_nothing)
{
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GByteArray) bytes = wire_text_to_bytes(good[i].hex);

		g_byte_array_append(bytes, (const uint8_t *) "xyz", 3);

		g_autoptr(GossipMsg) msg = decode(bytes->data, bytes->len);

		ck_assert_msg(msg != NULL, "%s", good[i].what);
		ck_assert_uint_eq(msg->trailing, 3);
	}
}
END_TEST

START_TEST(what_must_be_refused_is_refused_with_a_reason)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GByteArray) bytes = wire_text_to_bytes(bad[i].hex);
		g_autoptr(GossipMsg) msg = decode(bytes->data, bytes->len);

		ck_assert_msg(msg == NULL, "%s", bad[i].what);
	}
}
END_TEST

static void
put_bomb_block(GByteArray *out, uint8_t type, const uint8_t *data, size_t size)
{
	uint8_t head[] = {type, (uint8_t) size, (uint8_t) (size >> 8)};

	g_byte_array_append(out, head, sizeof(head));
	g_byte_array_append(out, data, (guint) size);
}

/* 300 blocks that unpack to 64 KiB each make 19 MB out of a few kilobytes. */
START_TEST(a_bomb_is_refused)
{
	/* A zstd frame of one run of 65,535 zeros (RFC 8878, 3.1.1). */
	static const uint8_t run[] = {0x28, 0xb5, 0x2f, 0xfd, 0x60, 0xff, 0xfe, 0xfb, 0xff, 0x07, 0x00};
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	const char *why = NULL;

	datagram_put_header(bytes, GOSSIP_ACK, 0);
	for (unsigned i = 0; i < 300; i++)
		put_bomb_block(bytes, 1, run, sizeof(run));
	g_byte_array_append(bytes, (const uint8_t *) "", 1);
	ck_assert_ptr_null(datagram_decode((VmqBytes){bytes->data, bytes->len}, &why));
	ck_assert_str_eq(why, "more than it may hold when unpacked");
}
END_TEST

START_TEST(a_name_with_a_nul_is_no_name)
{
	g_autoptr(GByteArray) bytes = wire_text_to_bytes(good[0].hex);
	const char *why = NULL;
	uint8_t    *name = memchr(bytes->data, 'n', bytes->len);

	name[1] = 0;
	ck_assert_ptr_null(datagram_decode((VmqBytes){bytes->data, bytes->len}, &why));
	ck_assert_str_eq(why, "a node id with a NUL byte");
}
END_TEST

/* What cannot be packed is sent as it is, and takes no more than was promised. */
START_TEST(a_delta_is_never_larger_than_its_bound)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (unsigned round = 0; round < 200; round++) {
		g_autoptr(GByteArray) plain = g_byte_array_new();
		g_autoptr(GByteArray) out = g_byte_array_new();

		g_byte_array_set_size(plain, (guint) g_rand_int_range(rand, 1, 60000));
		for (guint i = 0; i < plain->len; i++)
			plain->data[i] = (uint8_t) (round % 2 == 0 ? g_rand_int(rand) : i / 100);
		datagram_put_delta(out, plain);
		ck_assert_uint_le(out->len, datagram_delta_bound(plain->len));
	}
}
END_TEST

UNIT_MAIN("datagram", whole_datagrams_decode_and_no_beginning_of_one_does,
          bytes_behind_the_end_mean_nothing, what_must_be_refused_is_refused_with_a_reason,
          a_bomb_is_refused, a_name_with_a_nul_is_no_name, a_delta_is_never_larger_than_its_bound)
