"""REST from descriptors: routes, models, codecs and comments. The only place that works on any message."""
