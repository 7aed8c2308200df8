# include/: the ground floor, all that a plugin may see
dist_pluginheader_DATA += \
	include/vibemq/abi.h include/vibemq/broker.h include/vibemq/client.h include/vibemq/conf.h \
	include/vibemq/hooks.h include/vibemq/log.h include/vibemq/loop.h include/vibemq/message.h \
	include/vibemq/metrics.h include/vibemq/plugin.h include/vibemq/sink.h include/vibemq/stream.h \
	include/vibemq/types.h include/vibemq/vibemq.h
