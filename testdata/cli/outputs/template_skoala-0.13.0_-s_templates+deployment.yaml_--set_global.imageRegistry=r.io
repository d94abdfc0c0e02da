---
# Source: skoala/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: release-name-operator
  labels:
    app.kubernetes.io/name: skoala
    app.kubernetes.io/instance: release-name
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: skoala
      app.kubernetes.io/instance: release-name
  template:
    metadata:
      labels:
        app.kubernetes.io/name: skoala
        app.kubernetes.io/instance: release-name
    spec:
      serviceAccountName: release-name-operator
      containers:
        - name: operator
          image: r.io/skoala/operator:v0.13.0
          args: [--log-level=info]
