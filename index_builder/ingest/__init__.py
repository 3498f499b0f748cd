"""From labelled images to finished chunks on disk: reader, mapper, writer."""
