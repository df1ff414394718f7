"""What stops a start, told in one line: which variable, file or program is wrong, and what to do.

The rule: a person who starts the engine wrongly sees a line that says so and exit code 2, never a traceback. A traceback is for
bugs of ours.

CannotStart                 the message is complete; it repeats no value that may be a secret
├── UnknownVariable         ordermill/variables.py
├── ConfigError             ordermill/process/config.py: the policy file or its environment
├── StateUnusable           ordermill/launch/state.py: the state directory
├── WrongSettings           ordermill/process/beginning.py: values
├── SecretFileUnusable      ordermill/secret_files.py
└── PortInUse, StateInUse, DevServerError, StartFailed     ordermill/launch/: exit code 1, something else is in the way

A database that cannot be used says so in a line too (store/database/opening.py); the store knows nothing of this file.
"""


class CannotStart(Exception):
    """Told to the person who started it, in a line; `exit_code` 2: what they gave is wrong, 1: what they met."""

    exit_code = 2
