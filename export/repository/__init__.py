"""A model repository for a platform and a device: files, instances, warm-up."""
