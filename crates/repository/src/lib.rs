//! Chart repositories as Helm keeps them, and the charts that references name.
