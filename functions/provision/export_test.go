package provision

// Answerable is what decides where a custom resource answers.
var Answerable = answerable
