/* SPDX-License-Identifier: Apache-2.0 */
/* vibemq.h - everything a plugin may see */
#pragma once

#include <vibemq/plugin.h>
