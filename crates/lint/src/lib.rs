//! What `helm lint` finds in a chart.
