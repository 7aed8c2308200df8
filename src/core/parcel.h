/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parcel.h - a message and who gets it on another worker, one parcel packed behind the other
 *
 * Owner:   whoever has the buffer, which goes from the worker that packs to the one that unpacks.
 * Memory:  a packed parcel holds a reference to its message; who unpacks it takes that over.
 */
#pragma once

#include "base/buf.h"
#include "core/matches.h"
#include "core/message.h"

typedef struct {
	VmqMsg *msg;
	Matches matches; /* lies in the buffer, which must neither change nor go meanwhile */
} Parcel;

/* `n` of all matches of `msg`, with the identifiers of all. Returns the bytes that it takes up. */
size_t parcel_pack(Buf *parcels, VmqMsg *msg, const Match *items, unsigned n, const Matches *all);

/* The first `most` parcels or fewer, and takes them off. Returns how many; 0: there is none left. */
unsigned parcels_unpack(Buf *parcels, Parcel *unpacked, unsigned most);
