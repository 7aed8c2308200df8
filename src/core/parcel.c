/* SPDX-License-Identifier: Apache-2.0 */
/* parcel.c - a message and who gets it on another worker, one parcel packed behind the other */
#include "core/parcel.h"

/* Behind it stand its matches, then its identifiers, padded to a pair: so the next is aligned. */
typedef struct {
	VmqMsg  *msg;
	uint32_t n_matches, n_ids;
} Label;

size_t
parcel_pack(Buf *parcels, VmqMsg *msg, const Match *items, unsigned n, const Matches *all)
{
	Label  label = {vmq_msg_ref(msg), n, all->n_ids};
	size_t before = buf_size(parcels);

	buf_append(parcels, &label, sizeof(label));
	buf_append(parcels, items, n * sizeof(Match));
	buf_append(parcels, all->ids, all->n_ids * sizeof(uint32_t));
	if (all->n_ids & 1)
		buf_append_be32(parcels, 0);
	return buf_size(parcels) - before;
}

static size_t
unpack(const uint8_t *at, Parcel *parcel)
{
	const Label *label = (const Label *) at;
	Match       *items = (Match *) (at + sizeof(*label));
	uint32_t    *ids = (uint32_t *) (items + label->n_matches);

	*parcel = (Parcel){
		.msg = label->msg,
		.matches = {.items = items, .ids = ids, .n = label->n_matches, .n_ids = label->n_ids},
	};
	return (size_t) ((const uint8_t *) (ids + label->n_ids + (label->n_ids & 1)) - at);
}

unsigned
parcels_unpack(Buf *parcels, Parcel *unpacked, unsigned most)
{
	unsigned n = 0;

	while (n < most && buf_size(parcels) > 0)
		buf_consume(parcels, unpack(buf_bytes(parcels).data, &unpacked[n++]));
	return n;
}
