/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one event, one line
 *
 * error: we lost something.  warn: we coped.  info: an operator would want it in
 * a calm week.  debug: you. The area is the noun that speaks ("cluster"), and
 * what --debug GLOB selects. Never a payload, never a password.
 *
 * Threads: any.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef enum { VMQ_LOG_ERROR, VMQ_LOG_WARN, VMQ_LOG_INFO, VMQ_LOG_DEBUG } VmqLogLevel;

VMQ_EXPORT void vmq_log(VmqLogLevel level, const char *area, const char *format, ...) G_GNUC_PRINTF(3, 4);
VMQ_EXPORT bool vmq_log_wants_debug(const char *area);

#define vmq_error(area, ...) vmq_log(VMQ_LOG_ERROR, area, __VA_ARGS__)
#define vmq_warn(area, ...)  vmq_log(VMQ_LOG_WARN, area, __VA_ARGS__)
#define vmq_info(area, ...)  vmq_log(VMQ_LOG_INFO, area, __VA_ARGS__)
#define vmq_debug(area, ...)                                             \
	G_STMT_START                                                     \
	{                                                                \
		if (vmq_log_wants_debug(area))                           \
			vmq_log(VMQ_LOG_DEBUG, area, __VA_ARGS__);       \
	}                                                                \
	G_STMT_END

/*
 * Lets one line pass per interval and counts the rest: for what clients or
 * strangers can cause at will. Zero-initialised, static, shared by threads.
 *
 *     static VmqLogGate gate;
 *     unsigned held;
 *     if (vmq_log_gate(&gate, 10000, &held))
 *             vmq_warn("gossip", "datagram refused from %s (%u more since)", from, held);
 */
typedef struct {
	int64_t  next_us;
	unsigned held;
} VmqLogGate;

VMQ_EXPORT bool vmq_log_gate(VmqLogGate *gate, unsigned interval_ms, unsigned *held);

G_END_DECLS
