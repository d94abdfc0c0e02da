//! Offline bundles: reading, planning a relocation, pushing images and charts, writing bundles.
