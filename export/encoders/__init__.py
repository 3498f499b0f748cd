"""SigLIP checkpoints: opened, written out, exported and checked."""
