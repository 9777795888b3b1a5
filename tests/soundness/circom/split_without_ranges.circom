// broken: a number is cut in two by hints, and both equations about the parts are linear: the parts slide
// input: {"whole": "305419896"}
pragma circom 2.0.0;
template Cut(k) {
    signal input whole;
    signal output swapped;
    signal high <-- whole >> k;
    signal low <-- whole & ((1 << k) - 1);
    swapped <== low * (1 << k) + high;
    high * (1 << k) + low === whole;
}
component main = Cut(16);
