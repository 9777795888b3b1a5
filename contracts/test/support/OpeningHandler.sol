// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../../src/OpeningVerifier.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../../src/interfaces/IOpeningVerifier.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {OpeningFixture} from "./OpeningFixture.sol";

/// @title Everything that anybody can do to the verifier of openings
/// @dev The openings are genuine; loan, status, block and signature may be wrong. The handler
///      keeps who was convicted over which loan.
contract OpeningHandler is OpeningFixture {
    uint256 public constant LOANS = 3; // the third has no seal
    uint256 public done;
    mapping(uint256 arbiter => mapping(LoanId loanId => bool)) public convicted;

    constructor() {
        setUp();
    }

    /// @dev Once: a campaign may call it again.
    function setUp() public override {
        if (address(verifier) == address(0)) super.setUp();
    }

    function setStatus(uint256 which) external {
        uint256 count = uint256(type(ILoanMarket.LoanStatus).max) + 1;
        stub.set(ILoanMarket.LoanStatus(which % count));
    }

    function passBlocks(uint256 count) external {
        vm.roll(block.number + 1 + count % 300);
    }

    /// @dev Whether a part of this loan convicts, whoever signed it.
    function mayConvict(uint256 arbiter, LoanId loanId) private view returns (bool) {
        ILoanMarket.LoanStatus status = stub.status();
        return status != ILoanMarket.LoanStatus.Defaulted
            && status != ILoanMarket.LoanStatus.Recovered && LoanId.unwrap(loanId) < LOANS
            && !convicted[arbiter][loanId];
    }

    function accuse(uint256 who, uint256 which, uint256 signer, uint256 back) external {
        uint256 arbiter = 1 + who % SIZE;
        LoanId loanId = LoanId.wrap(1 + which % LOANS);
        // mostly the arbiter itself, mostly a block that is remembered
        bool own = signer % 4 != 0;
        uint256 number = block.number - 1 - back % 320;
        bool may = own && blockhash(number) != 0 && mayConvict(arbiter, loanId);
        uint256 key = keys[(own ? arbiter - 1 : arbiter) % SIZE];
        bytes memory data = callFor(arbiter, loanId, key, number);
        (bool ok, bytes memory answer) = address(verifier).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who is convicted");
        if (!ok) return;
        convicted[arbiter][loanId] = true;
        done += 1;
    }

    function callFor(uint256 arbiter, LoanId loanId, uint256 key, uint256 number)
        private
        view
        returns (bytes memory)
    {
        IOpeningVerifier.PartialOpening memory opening = openingAt(valid, arbiter - 1);
        IOpeningVerifier.SignedBlock memory said =
            signedBy(key, message(loanId, opening, number));
        return abi.encodeCall(IOpeningVerifier.accuse, (loanId, opening, said));
    }

    // --- views for the invariants ---------------------------------------------------------------

    function theVerifier() external view returns (OpeningVerifier) {
        return verifier;
    }

    function size() external pure returns (uint256) {
        return SIZE;
    }
}
