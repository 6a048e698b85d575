"""The Python nodes that come with the SDK, one module for each engine.

Importing one of them loads no engine; a node does that in `initialize`. The service imports them all when it starts.
"""
