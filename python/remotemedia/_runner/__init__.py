"""The process of one node: what ``python -m remotemedia`` runs.

    starting      control is watched, configuration read, edges opened, modules imported
    initializing  the node is made and `initialize` runs
    ready         messages are processed
    ended         every input has ended, everything that was sent is taken
    stopping      `cleanup` runs, then the process exits

A failure in any state is reported and then waits for the service to say stop.
"""
