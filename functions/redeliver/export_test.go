package redeliver

// AtMostOnce is how the function sees a target type.
var AtMostOnce = atMostOnce
