// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {Vm} from "../support/Vm.sol";

/// @dev Accepts every proof: what is shown with it holds whatever the proof system does.
contract AcceptingVerifier is IGroth16Verifier {
    uint256 public immutable inputCount;
    bytes32 public constant keyDigest = bytes32(0);
    address public constant keyPointer = address(0);

    constructor(uint256 count) {
        inputCount = count;
    }

    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    function verify(uint256[8] calldata, uint256[] calldata) external pure {}

    function verifyBatch(uint256[8][] calldata, uint256[] calldata) external pure {}
}

/// @dev A wallet that signed whatever is asked.
contract AgreeingWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}

/// @title What every file of symbolic properties starts from
/// @dev halmos gives the parameters of each `check_` function all values at once, and looks for some
///      that make an `assert` fail. Run by `make long PART=halmos`.
abstract contract SymbolicBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
}
