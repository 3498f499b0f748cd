"""Name, dtype and dims of every tensor of every served model: the only place they are spelled.

A file per pipeline (`screens`), files for what several share (`images`, `galleries`), `models` for
all of them together, and `spec` for the types. Tests hold every `config.pbtxt` and the client's own
copy of the names to it.
"""
