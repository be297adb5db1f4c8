export { answerChat } from "./answer-chat.ts";
export { applyProposal } from "./apply-proposal.ts";
export { getProposal } from "./get-proposal.ts";
export { listProposals } from "./list-proposals.ts";
export { type PreviewDocuments, previewDocuments } from "./preview-documents.ts";
export { type ProposalEvent, proposeChange } from "./propose-change.ts";
export { recordFeedback } from "./record-feedback.ts";
export { PROPOSAL_ENTITY } from "./record-proposal.ts";
export { rejectProposal } from "./reject-proposal.ts";
