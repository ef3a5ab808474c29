"""`watch`, `replay`, `mute` and `notify`: the live side without Dagster."""
