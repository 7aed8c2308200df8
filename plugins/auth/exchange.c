/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <string.h>
#include <sys/random.h>

#define NONCE_BYTES 18u /* as Base64 without padding */

typedef struct {
	Scram *scram;
	bool   is_user; /* no: with a mock */
} Exchange;

static void
exchange_free(void *data)
{
	Exchange *exchange = data;

	scram_free(exchange->scram);
	g_free(exchange);
}

static VmqVerdict
refuse(VmqConnect *connect, VmqReason reason, const char *why)
{
	connect->reason = reason;
	connect->why = why;
	return VMQ_DENY;
}

static GBytes *
bytes_of(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static char *
make_nonce(void)
{
	uint8_t random[NONCE_BYTES];

	if (getrandom(random, sizeof random, 0) != (ssize_t) sizeof random)
		g_error("getrandom failed");
	return g_base64_encode(random, sizeof random);
}

static VmqVerdict
begin(const Passwd *passwd, VmqConnect *connect)
{
	const char   *given = vmq_client_get_username(connect->client);
	const char   *why;
	Scram        *scram = scram_new(connect->auth_data, &why);
	ScramVerifier verifier;

	if (scram == NULL)
		return refuse(connect, VMQ_REASON_NOT_AUTHORIZED, why);

	g_autofree char *nonce = make_nonce();
	Exchange        *exchange = g_new0(Exchange, 1);

	exchange->scram = scram;
	connect->kept = exchange;
	connect->forget = exchange_free;
	connect->username = scram_username(scram);
	/* What is proved must be who it is, for roles are given by that name. */
	if (given != NULL && strcmp(given, connect->username) != 0)
		return refuse(connect, VMQ_REASON_NOT_AUTHORIZED,
		              "its SCRAM name is not its user name");
	exchange->is_user = passwd_find_scram(passwd, connect->username, &verifier);
	connect->reply = bytes_of(scram_challenge(scram, &verifier, nonce));
	return VMQ_CONTINUE;
}

static VmqVerdict
finish(VmqConnect *connect)
{
	Exchange        *exchange = connect->kept;
	const char      *why;
	g_autofree char *proof = scram_finish(exchange->scram, connect->auth_data, &why);

	if (proof == NULL || !exchange->is_user)
		return refuse(connect, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD,
		              exchange->is_user ? why : "no such user");
	connect->reply = bytes_of(proof);
	return VMQ_ALLOW;
}

VmqVerdict
exchange_step(const Passwd *passwd, VmqConnect *connect)
{
	return connect->kept == NULL ? begin(passwd, connect) : finish(connect);
}
