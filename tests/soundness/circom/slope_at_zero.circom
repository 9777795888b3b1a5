// broken: for one input only: where run and rise are both 0 the slope is free. An ordinary witness does not show it
// input: {"x1": "3", "y1": "4", "x2": "5", "y2": "10"}
pragma circom 2.0.0;
template Slope() {
    signal input x1; signal input y1; signal input x2; signal input y2;
    signal output s;
    s <-- (y2 - y1) / (x2 - x1);
    s * (x2 - x1) === y2 - y1;
}
component main = Slope();
