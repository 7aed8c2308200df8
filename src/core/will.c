/* SPDX-License-Identifier: Apache-2.0 */
/* will.c - what a client leaves to be said when it is gone */
#include "core/will.h"

#include "core/client.h"
#include "core/core.h"
#include "core/publish.h"

struct Will {
	VmqDraft  draft; /* points into what follows */
	VmqClient client;
	uint32_t delay_s;
	char     bytes[];
};

static VmqBytes
copy(char **at, VmqBytes bytes)
{
	VmqBytes copied = {(const uint8_t *) *at, bytes.size};

	if (bytes.size > 0)
		memcpy(*at, bytes.data, bytes.size);
	*at += bytes.size;
	return copied;
}

static size_t
text_bytes(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static const char *
copy_text(char **at, const char *text)
{
	if (text == NULL)
		return NULL;
	return (const char *) copy(at, (VmqBytes){(const uint8_t *) text, strlen(text) + 1}).data;
}

Will *
will_new(const VmqDraft *draft, uint32_t delay_s)
{
	Will *will = g_malloc(sizeof(Will) + draft->topic.size + draft->properties.size +
	                      draft->payload.size + text_bytes(draft->client->id) +
	                      text_bytes(draft->client->username));
	char *at = will->bytes;

	will->draft = *draft;
	will->draft.client = &will->client;
	will->client = (VmqClient){.address = "-", .protocol = draft->client->protocol};
	will->draft.topic = copy(&at, draft->topic);
	will->draft.properties = copy(&at, draft->properties);
	will->draft.payload = copy(&at, draft->payload);
	will->client.id = copy_text(&at, draft->client->id);
	will->client.username = copy_text(&at, draft->client->username);
	will->delay_s = delay_s;
	return will;
}

void
will_free(Will *will)
{
	g_free(will);
}

uint32_t
will_delay_s(const Will *will)
{
	return will->delay_s;
}

void
will_publish(const Will *will, VmqAddr publisher)
{
	VmqDraft draft = will->draft;

	draft.publisher = publisher;
	publish_submit(&draft);
	vmq_counter_add(core.counters.wills, 1);
}
