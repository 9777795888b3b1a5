// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254_Q, BN254_R} from "../../src/libraries/Bn254.sol";
import {TestBase} from "./TestBase.sol";

/// @title Genuine proofs for any inputs, from a setup whose secrets are public
/// @dev See tests/support/contracts/toy_groth16.py. IC_j = ic(j) * (1, 2).
abstract contract ToyProver is TestBase {
    string internal fixture;
    uint256 private _alpha;
    uint256 private _beta;
    uint256 private _gamma;
    uint256 private _delta;

    function loadToySetup() internal {
        fixture = vm.readFile("test/fixtures/toy_setup.json");
        _alpha = uint256(bytes32(vm.parseJsonBytes(fixture, ".alpha")));
        _beta = uint256(bytes32(vm.parseJsonBytes(fixture, ".beta")));
        _gamma = uint256(bytes32(vm.parseJsonBytes(fixture, ".gamma")));
        _delta = uint256(bytes32(vm.parseJsonBytes(fixture, ".delta")));
    }

    function g2(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(fixture, string.concat(".", name, "G2"));
    }

    function ic(uint256 j) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("ic", j))) % BN254_R;
    }

    function toyKey(uint256 inputs) internal view returns (bytes memory) {
        return keyOf(inputs, g2("beta"), g2("gamma"), g2("delta"));
    }

    function keyOf(uint256 inputs, bytes memory beta, bytes memory gamma, bytes memory delta)
        internal
        view
        returns (bytes memory key)
    {
        key = abi.encodePacked(g1(_alpha), beta, gamma, delta);
        for (uint256 j = 0; j <= inputs; ++j) {
            key = abi.encodePacked(key, g1(ic(j)));
        }
    }

    function toyProof(uint256[] memory inputs) internal view returns (uint256[8] memory) {
        return toyProof(inputs, uint256(keccak256(abi.encode("a", inputs))) % BN254_R, "b0");
    }

    function toyProof(uint256[] memory inputs, uint256 a, string memory bName)
        internal
        view
        returns (uint256[8] memory proof)
    {
        uint256 b = uint256(bytes32(vm.parseJsonBytes(fixture, string.concat(".", bName))));
        uint256 x = ic(0);
        for (uint256 j = 0; j < inputs.length; ++j) {
            x = addmod(x, mulmod(ic(j + 1), inputs[j], BN254_R), BN254_R);
        }
        uint256 c = addmod(mulmod(a, b, BN254_R), BN254_R - mulmod(_alpha, _beta, BN254_R), BN254_R);
        c = addmod(c, BN254_R - mulmod(_gamma, x, BN254_R), BN254_R);
        c = mulmod(c, inverse(_delta), BN254_R);
        (proof[0], proof[1]) = abi.decode(g1(a), (uint256, uint256));
        (proof[2], proof[3], proof[4], proof[5]) =
            abi.decode(g2(bName), (uint256, uint256, uint256, uint256));
        (proof[6], proof[7]) = abi.decode(g1(c), (uint256, uint256));
    }

    /// @dev scalar * (1, 2)
    function g1(uint256 scalar) internal view returns (bytes memory point) {
        return g1Mul(abi.encode(uint256(1), uint256(2)), scalar);
    }

    function g1Mul(bytes memory point, uint256 scalar) internal view returns (bytes memory) {
        (bool ok, bytes memory product) = address(7).staticcall(abi.encodePacked(point, scalar));
        assertTrue(ok, "ecMul");
        return product;
    }

    function g1Add(bytes memory a, bytes memory b) internal view returns (bytes memory) {
        (bool ok, bytes memory sum) = address(6).staticcall(abi.encodePacked(a, b));
        assertTrue(ok, "ecAdd");
        return sum;
    }

    function inverse(uint256 x) internal view returns (uint256) {
        bytes memory request = abi.encode(32, 32, 32, x, BN254_R - 2, BN254_R);
        (bool ok, bytes memory answer) = address(5).staticcall(request);
        assertTrue(ok, "modexp");
        return uint256(bytes32(answer));
    }

    /// @dev -y of a G2 point: the opposite point.
    function negateG2(bytes memory point) internal pure returns (bytes memory) {
        (uint256 x1, uint256 x0, uint256 y1, uint256 y0) =
            abi.decode(point, (uint256, uint256, uint256, uint256));
        return abi.encode(x1, x0, (BN254_Q - y1) % BN254_Q, (BN254_Q - y0) % BN254_Q);
    }
}
