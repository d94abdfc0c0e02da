//! Images into the container runtimes of a node: docker and containerd.
