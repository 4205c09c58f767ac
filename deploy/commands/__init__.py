"""The commands of `registan`, a file a group; each has an `app` that `deploy.cli` mounts."""
