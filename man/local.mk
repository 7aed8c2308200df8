# man: of the daemon; the small programs and the plugins have theirs with them
dist_man_MANS += man/vibemqd.8 man/vibemqd.yaml.5 man/vibemq-cluster.7 man/vibemq_plugin.3
