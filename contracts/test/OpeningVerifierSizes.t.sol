// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../src/OpeningVerifier.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {ElGamal} from "./support/ElGamal.sol";

/// @dev A market that is its own gate, with one key.
contract KeyOnly {
    uint256 public constant loanCount = 0;
    IEscrowGate.Point private _key;

    constructor(IEscrowGate.Point memory key) {
        _key = key;
    }

    function gate() external view returns (address) {
        return address(this);
    }

    function arbiters() external view returns (IEscrowGate.Point memory) {
        return _key;
    }
}

/// @dev Every size that the constructor allows fits into one transaction.
contract OpeningVerifierSizesTest is ElGamal {
    uint256 private constant CAP = 1 << 24; // EIP-7825

    function point(uint256 scalar) private view returns (IEscrowGate.Point memory) {
        ICreditLedger.Point memory p = times(scalar % ORDER, base8());
        return IEscrowGate.Point(p.x, p.y);
    }

    function groupOf(uint256 threshold, uint256 size)
        private
        view
        returns (IEscrowGate.Point[] memory commitments, IEscrowGate.Point[] memory shares)
    {
        commitments = new IEscrowGate.Point[](threshold);
        shares = new IEscrowGate.Point[](size);
        for (uint256 k = 0; k < threshold; ++k) {
            commitments[k] = point(coefficient(k));
        }
        for (uint256 i = 1; i <= size; ++i) {
            uint256 share;
            for (uint256 k = threshold; k > 0; --k) {
                share = addmod(mulmod(share, i, ORDER), coefficient(k - 1), ORDER);
            }
            shares[i - 1] = point(share);
        }
    }

    function accountsOf(uint256 size) private pure returns (address[] memory accounts) {
        accounts = new address[](size);
        for (uint256 i = 0; i < size; ++i) {
            accounts[i] = address(uint160(0xA000 + i));
        }
    }

    /// @dev Small, so that the test is quick; the contract does not see them.
    function coefficient(uint256 k) private pure returns (uint256) {
        return 3 + k;
    }

    /// @dev Deploys the verifier of a group of this size, in one transaction at most.
    function deploy(uint256 threshold, uint256 size) private {
        (IEscrowGate.Point[] memory commitments, IEscrowGate.Point[] memory shares) =
            groupOf(threshold, size);
        ILoanMarket market = ILoanMarket(address(new KeyOnly(commitments[0])));
        bytes memory sent = abi.encodePacked(
            type(OpeningVerifier).creationCode,
            abi.encode(market, commitments, shares, accountsOf(size), bytes32(0))
        );
        address made;
        uint256 gas = gasleft();
        assembly ("memory-safe") {
            made := create(0, add(sent, 32), mload(sent))
        }
        gas = gas - gasleft() + 21_000 + 16 * sent.length;
        assertTrue(made != address(0), "deployed");
        assertLe(gas, CAP, "gas");
        OpeningVerifier verifier = OpeningVerifier(made);
        assertEq(verifier.threshold(), threshold, "threshold");
        assertEq(verifier.size(), size, "size");
        assertEq(verifier.shareOf(size).x, shares[size - 1].x, "share");
    }

    function testTheSmallestGroupDeploys() public {
        deploy(2, 2);
    }

    function testTheLargestGroupDeploys() public {
        deploy(2, 32);
        deploy(32, 32);
    }

    /// @dev Groups that have nothing wrong but their numbers.
    function testOtherSizesAreRefused() public {
        uint256[2][4] memory sizes =
            [[uint256(1), 1], [uint256(1), 2], [uint256(3), 2], [uint256(2), 33]];
        for (uint256 i = 0; i < sizes.length; ++i) {
            (IEscrowGate.Point[] memory commitments, IEscrowGate.Point[] memory shares) =
                groupOf(sizes[i][0], sizes[i][1]);
            ILoanMarket market = ILoanMarket(address(new KeyOnly(commitments[0])));
            vm.expectRevert(IOpeningVerifier.GroupInvalid.selector);
            new OpeningVerifier(
                market, commitments, shares, accountsOf(sizes[i][1]), bytes32(0)
            );
        }
    }
}
